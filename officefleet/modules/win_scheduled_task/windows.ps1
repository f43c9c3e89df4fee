# win_scheduled_task: a task's definition as XML, read and registered through the Schedule service.
# https://learn.microsoft.com/windows/win32/taskschd/taskfolder-registertask

function Get-TaskService {
    $service = New-Object -ComObject Schedule.Service -ErrorAction Stop
    $service.Connect()
    return $service
}

function Get-TaskName([string]$Folder, [string]$Name) {
    $path = '\' + $Folder.Replace('/', '\').Trim('\')
    return $path.TrimEnd('\') + '\' + $Name
}

function Get-RegisteredTask($Service, [string]$Path) {
    # $null when there is none; COM tells it only by an exception
    try {
        return $Service.GetFolder('\').GetTask($Path.TrimStart('\'))
    }
    catch {
        $code = $_.Exception.GetBaseException().HResult
        # 0x80070002 and 0x80070003: no such file, no such folder
        if ($code -eq -2147024894 -or $code -eq -2147024893) {
            return $null
        }
        throw
    }
}

function Read-State($Arguments) {
    $service = Get-TaskService
    $task = Get-RegisteredTask $service (Get-TaskName $Arguments.path $Arguments.name)
    $accounts = @($Arguments.username, $Arguments.group)
    $accounts += @($Arguments.triggers | Where-Object { $_ } | ForEach-Object { $_.user_id })
    $text = $null
    if ($null -ne $task) {
        $text = [string]$task.Xml
        # the accounts that the definition names may be written as names
        $document = New-Object -TypeName System.Xml.XmlDocument -ErrorAction Stop
        $document.LoadXml($text)
        foreach ($tag in @('UserId', 'GroupId')) {
            $accounts += @($document.GetElementsByTagName($tag) | ForEach-Object { $_.InnerText })
        }
    }
    $sids = @{}
    foreach ($account in @($accounts | Where-Object { $_ })) {
        $sids[$account] = ConvertTo-Sid $account
    }
    return @{ xml = $text; sids = $sids }
}

function New-TaskFolder($Service, [string]$Path) {
    # Makes the folder of a task's path
    $parts = @($Path.Trim('\').Split('\'))
    $folder = $Service.GetFolder('\')
    for ($i = 0; $i -lt $parts.Length - 1; $i++) {
        try {
            $folder = $folder.GetFolder($parts[$i])
        }
        catch {
            $folder = $folder.CreateFolder($parts[$i])
        }
    }
    return $folder
}

function Remove-EmptyFolder($Service, [string]$Path) {
    $place = $Path.Substring(0, $Path.LastIndexOf('\'))
    while ($place.Trim('\')) {
        $folder = $Service.GetFolder($place)
        # 1 counts hidden tasks too
        if ($folder.GetTasks(1).Count -gt 0 -or $folder.GetFolders(0).Count -gt 0) {
            return
        }
        $up = $place.Substring(0, $place.LastIndexOf('\'))
        $parent = '\'
        if ($up) { $parent = $up }
        $Service.GetFolder($parent).DeleteFolder($folder.Name, 0)
        $place = $up
    }
}

function Invoke-Change($Change) {
    $service = Get-TaskService
    switch ($Change.op) {
        'register' {
            $folder = New-TaskFolder $service $Change.path
            $name = $Change.path.Substring($Change.path.LastIndexOf('\') + 1)
            $user = $null
            if ($Change.user) { $user = ConvertFrom-Sid $Change.user }
            # 6 creates or updates
            $folder.RegisterTask($name, $Change.xml, 6, $user, $Change.password, [int]$Change.logon, $null) | Out-Null
        }
        'remove' {
            $service.GetFolder('\').DeleteTask($Change.path.TrimStart('\'), 0)
            Remove-EmptyFolder $service $Change.path
        }
    }
}
