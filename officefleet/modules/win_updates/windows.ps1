# win_updates: the Windows Update Agent through COM.
# https://learn.microsoft.com/windows/win32/wua_sdk/portal-client
# It refuses to download and install over remote connections, so a scheduled task of the system does these two:
# https://learn.microsoft.com/windows/win32/wua_sdk/using-wua-from-a-remote-computer

function Find-Update([string]$Server) {
    # The collection of updates that are not installed
    $session = New-Object -ComObject Microsoft.Update.Session -ErrorAction Stop
    $searcher = $session.CreateUpdateSearcher()
    # ServerSelection: 0 default, 1 managed server, 2 Windows Update
    $numbers = @{ 'default' = 0; 'managed_server' = 1; 'windows_update' = 2 }
    $searcher.ServerSelection = $numbers[$Server]
    return $searcher.Search('IsInstalled=0').Updates
}

function Read-State($Arguments) {
    $found = @()
    foreach ($update in (Find-Update $Arguments.server_selection)) {
        $found += , @{
            id = [string]$update.Identity.UpdateID
            title = [string]$update.Title
            kb = @($update.KBArticleIDs | ForEach-Object { [string]$_ })
            downloaded = [bool]$update.IsDownloaded
            hidden = [bool]$update.IsHidden
            optional = [bool]$update.BrowseOnly
            categories = @($update.Categories | ForEach-Object { @{ id = [string]$_.CategoryID; name = [string]$_.Name } })
        }
    }
    $system = New-Object -ComObject Microsoft.Update.SystemInfo -ErrorAction Stop
    return @{ updates = @($found | Sort-Object -Property { $_.id }); reboot_required = [bool]$system.RebootRequired }
}

function Get-UpdateScript {
    # What the scheduled task runs: it reads the task's file and writes the outcome beside it
    return @'
param([string]$Folder)
$ErrorActionPreference = 'Stop'
$known = @{ error = $null; outcomes = @(); reboot_required = $false }
try {
    $task = ConvertFrom-Json ([System.IO.File]::ReadAllText($Folder + '\task.json'))
    $session = New-Object -ComObject Microsoft.Update.Session
    $searcher = $session.CreateUpdateSearcher()
    $searcher.ServerSelection = [int]$task.server
    $chosen = New-Object -ComObject Microsoft.Update.UpdateColl
    foreach ($update in $searcher.Search('IsInstalled=0').Updates) {
        if (@($task.ids) -contains $update.Identity.UpdateID) {
            if (-not $update.EulaAccepted) { $update.AcceptEula() }
            $chosen.Add($update) | Out-Null
        }
    }
    if ($chosen.Count -gt 0) {
        $loader = $session.CreateUpdateDownloader()
        $loader.Updates = $chosen
        $result = $loader.Download()
        if ($task.install) {
            $ready = New-Object -ComObject Microsoft.Update.UpdateColl
            foreach ($update in $chosen) { if ($update.IsDownloaded) { $ready.Add($update) | Out-Null } }
            if ($ready.Count -gt 0) {
                $worker = $session.CreateUpdateInstaller()
                $worker.Updates = $ready
                $result = $worker.Install()
                $known.reboot_required = [bool]$result.RebootRequired
                $chosen = $ready
            }
        }
        for ($i = 0; $i -lt $chosen.Count; $i++) {
            $one = $result.GetUpdateResult($i)
            $known.outcomes += , @{ id = [string]$chosen.Item($i).Identity.UpdateID; code = [int]$one.ResultCode; hresult = [long]$one.HResult }
        }
    }
}
catch {
    $known.error = [string]$_.Exception.Message
}
[System.IO.File]::WriteAllText($Folder + '\answer.new', (ConvertTo-Json -InputObject $known -Depth 5 -Compress))
[System.IO.File]::Move($Folder + '\answer.new', $Folder + '\answer.json')
'@
}

function Invoke-AsSystem([string]$Folder) {
    # Runs the script as a scheduled task of the system and waits for its answer
    $service = New-Object -ComObject Schedule.Service -ErrorAction Stop
    $service.Connect()
    $root = $service.GetFolder('\')
    $definition = $service.NewTask(0)
    # 5 is a service account, run with highest rights; 0 is an action that runs a program
    $definition.Principal.UserId = 'S-1-5-18'
    $definition.Principal.LogonType = 5
    $definition.Principal.RunLevel = 1
    $definition.Settings.ExecutionTimeLimit = 'PT12H'
    $definition.Settings.DisallowStartIfOnBatteries = $false
    $definition.Settings.StopIfGoingOnBatteries = $false
    $action = $definition.Actions.Create(0)
    $action.Path = 'powershell.exe'
    $action.Arguments = '-NoProfile -NonInteractive -ExecutionPolicy Bypass -File ' + (ConvertTo-Word ($Folder + '\update.ps1')) + ' ' + (ConvertTo-Word $Folder)
    $name = 'officefleet-updates-' + [Guid]::NewGuid().ToString('N')
    $task = $root.RegisterTaskDefinition($name, $definition, 6, $null, $null, 5, $null)
    try {
        $task.Run($null) | Out-Null
        $answer = $Folder + '\answer.json'
        $ticks = 0
        # State 4 is running, 2 is queued
        while (-not [System.IO.File]::Exists($answer)) {
            if (@(2, 4) -notcontains [int]$root.GetTask($name).State -and $ticks -gt 30) {
                Stop-Module 'the task that installs updates ended without an answer' @{ rc = [int]$root.GetTask($name).LastTaskResult }
            }
            Start-Sleep -Milliseconds 1000 -ErrorAction Stop
            $ticks++
            if ($ticks % 30 -eq 0) {
                Send-Progress ('updates: ' + $ticks + ' s')
            }
        }
    }
    finally {
        # stops what still runs, as when the step's time is over
        $root.GetTask($name).Stop(0)
        $root.DeleteTask($name, 0)
    }
    return ConvertFrom-Json -InputObject ([System.IO.File]::ReadAllText($answer)) -ErrorAction Stop
}

function Write-UpdateLog([string]$Path, [string]$Text) {
    if ($Path) {
        $now = [DateTime]::Now.ToString('s', [Globalization.CultureInfo]::InvariantCulture)
        [System.IO.File]::AppendAllText((Expand-Path $Path), $now + ' ' + $Text + "`r`n")
    }
}

function Get-UpdateTask($Change) {
    # What to do, as the script reads it
    $numbers = @{ 'default' = 0; 'managed_server' = 1; 'windows_update' = 2 }
    return @{ ids = @($Change.ids); install = ($Change.op -eq 'install'); server = $numbers[[string]$Change.server] }
}

function Invoke-Change($Change) {
    $folder = [System.IO.Path]::Combine($Context.Folder, 'updates')
    [System.IO.Directory]::CreateDirectory($folder) | Out-Null
    [System.IO.File]::WriteAllText($folder + '\task.json', (ConvertTo-Json -InputObject (Get-UpdateTask $Change) -Depth 3 -Compress -ErrorAction Stop))
    [System.IO.File]::WriteAllText($folder + '\update.ps1', (Get-UpdateScript))
    Write-UpdateLog $Change.log_path ([string]$Change.op + ' ' + [string]@($Change.ids).Count + ' updates')
    $answer = Invoke-AsSystem $folder
    if ($answer.error) {
        Write-UpdateLog $Change.log_path ([string]$answer.error)
        Stop-Module ('the updates were not installed: ' + $answer.error)
    }
    $good = 0
    $bad = @()
    foreach ($one in @($answer.outcomes)) {
        # OperationResultCode: 2 succeeded, 3 succeeded with errors
        if (@(2, 3) -contains [int]$one.code) {
            $good++
        }
        else {
            $bad += , @{ id = [string]$one.id; failure_hresult_code = [long]$one.hresult }
        }
    }
    $known = @{ installed_update_count = $good; failed_update_count = $bad.Count; failed_updates = @($bad); reboot_required = [bool]$answer.reboot_required }
    switch ($Change.op) {
        'download' {
            $known['reboot_required'] = $false
        }
        'install' {
            Write-UpdateLog $Change.log_path ([string]$good + ' installed, ' + [string]$bad.Count + ' failed')
        }
    }
    if ($bad.Count -gt 0) {
        Stop-Module ([string]$bad.Count + ' updates failed') $known
    }
    return $known
}
