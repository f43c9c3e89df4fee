# What the Windows modules share. The agent loads it in every runspace before the module; it holds functions only.
# Windows PowerShell 5.1 and PowerShell 7. Nothing here was ever run on Windows by its authors: docs/windows.md.

function Split-RegistryPath([string]$Path) {
    # HKLM:\SOFTWARE\X or HKEY_LOCAL_MACHINE\SOFTWARE\X -> @{ Hive; Key }
    $parts = $Path.Replace('/', '\').Split([char[]]@('\'), 2)
    $name = $parts[0].TrimEnd(':').ToUpperInvariant()
    $hives = @{
        'HKLM' = 'LocalMachine'; 'HKEY_LOCAL_MACHINE' = 'LocalMachine'
        'HKCU' = 'CurrentUser'; 'HKEY_CURRENT_USER' = 'CurrentUser'
        'HKCR' = 'ClassesRoot'; 'HKEY_CLASSES_ROOT' = 'ClassesRoot'
        'HKU' = 'Users'; 'HKEY_USERS' = 'Users'
        'HKCC' = 'CurrentConfig'; 'HKEY_CURRENT_CONFIG' = 'CurrentConfig'
    }
    if (-not $hives.ContainsKey($name)) {
        Stop-Module ('no such registry hive: ' + $name)
    }
    $key = ''
    if ($parts.Length -gt 1) {
        $key = $parts[1].Trim('\')
    }
    return @{ Hive = $hives[$name]; Key = $key }
}

function Open-RegistryKey([string]$Path, [bool]$Writable = $false) {
    # $null when there is no such key; the caller closes what it gets. The 64-bit view, whatever the process is.
    $place = Split-RegistryPath $Path
    $base = [Microsoft.Win32.RegistryKey]::OpenBaseKey($place.Hive, [Microsoft.Win32.RegistryView]::Registry64)
    return $base.OpenSubKey($place.Key, $Writable)
}

function New-RegistryKey([string]$Path) {
    $place = Split-RegistryPath $Path
    $base = [Microsoft.Win32.RegistryKey]::OpenBaseKey($place.Hive, [Microsoft.Win32.RegistryView]::Registry64)
    return $base.CreateSubKey($place.Key)
}

function Get-RegistryEntry($Key, [string]$Name) {
    # One value of an open key -> @{ type; data }, unexpanded; $null when it is not there. Numbers come unsigned.
    $names = @($Key.GetValueNames() | Where-Object { $_ -eq $Name })
    if ($names.Count -eq 0) {
        return $null
    }
    $kind = $Key.GetValueKind($Name).ToString()
    $none = [Microsoft.Win32.RegistryValueOptions]::DoNotExpandEnvironmentNames
    $data = $Key.GetValue($Name, $null, $none)
    if ($kind -eq 'DWord') {
        return @{ type = 'dword'; data = [long][BitConverter]::ToUInt32([BitConverter]::GetBytes([int]$data), 0) }
    }
    if ($kind -eq 'QWord') {
        # as text: a QWORD above 2^63 fits no signed number, and JSON readers may round large ones
        $number = [BitConverter]::ToUInt64([BitConverter]::GetBytes([long]$data), 0)
        return @{ type = 'qword'; data = $number.ToString([Globalization.CultureInfo]::InvariantCulture) }
    }
    if ($kind -eq 'MultiString') {
        return @{ type = 'multistring'; data = @($data | ForEach-Object { [string]$_ }) }
    }
    if ($kind -eq 'String') {
        return @{ type = 'string'; data = [string]$data }
    }
    if ($kind -eq 'ExpandString') {
        return @{ type = 'expandstring'; data = [string]$data }
    }
    $kinds = @{ 'Binary' = 'binary'; 'None' = 'none' }
    $type = 'unknown'
    if ($kinds.ContainsKey($kind)) {
        $type = $kinds[$kind]
    }
    return @{ type = $type; data = @($data | ForEach-Object { [int]$_ }) }
}

function Get-RegistryData([string]$Path, [string]$Name) {
    # The data of one value, or $null
    $key = Open-RegistryKey $Path
    if ($null -eq $key) {
        return $null
    }
    try {
        $entry = Get-RegistryEntry $key $Name
    }
    finally {
        $key.Close()
    }
    if ($null -eq $entry) {
        return $null
    }
    return $entry.data
}

function Set-RegistryEntry([string]$Path, [string]$Name, [string]$Type, $Data) {
    # $Data: unsigned number (a qword's may be text), text, or a list; the key is made when it is missing.
    $key = New-RegistryKey $Path
    try {
        if ($Type -eq 'dword') {
            $number = [BitConverter]::ToInt32([BitConverter]::GetBytes([uint32]$Data), 0)
            $key.SetValue($Name, $number, [Microsoft.Win32.RegistryValueKind]::DWord)
        }
        elseif ($Type -eq 'qword') {
            $number = [BitConverter]::ToInt64([BitConverter]::GetBytes([uint64]$Data), 0)
            $key.SetValue($Name, $number, [Microsoft.Win32.RegistryValueKind]::QWord)
        }
        elseif ($Type -eq 'multistring') {
            $key.SetValue($Name, [string[]]@($Data), [Microsoft.Win32.RegistryValueKind]::MultiString)
        }
        elseif ($Type -eq 'expandstring') {
            $key.SetValue($Name, [string]$Data, [Microsoft.Win32.RegistryValueKind]::ExpandString)
        }
        elseif ($Type -eq 'binary') {
            $key.SetValue($Name, [byte[]]@($Data), [Microsoft.Win32.RegistryValueKind]::Binary)
        }
        elseif ($Type -eq 'none') {
            $key.SetValue($Name, [byte[]]@($Data), [Microsoft.Win32.RegistryValueKind]::None)
        }
        else {
            $key.SetValue($Name, [string]$Data, [Microsoft.Win32.RegistryValueKind]::String)
        }
    }
    finally {
        $key.Close()
    }
}

function Remove-RegistryEntry([string]$Path, [string]$Name) {
    $key = Open-RegistryKey $Path $true
    if ($null -ne $key) {
        try {
            $key.DeleteValue($Name, $false)
        }
        finally {
            $key.Close()
        }
    }
}

function Get-WellKnownSid([string]$Name) {
    # English names of what every Windows has under a name of its own language
    # https://learn.microsoft.com/windows-server/identity/ad-ds/manage/understand-security-identifiers
    $known = @{
        'administrators' = 'S-1-5-32-544'; 'users' = 'S-1-5-32-545'; 'guests' = 'S-1-5-32-546'
        'power users' = 'S-1-5-32-547'; 'backup operators' = 'S-1-5-32-551'
        'remote desktop users' = 'S-1-5-32-555'; 'network configuration operators' = 'S-1-5-32-556'
        'remote management users' = 'S-1-5-32-580'; 'hyper-v administrators' = 'S-1-5-32-578'
        'performance log users' = 'S-1-5-32-559'; 'event log readers' = 'S-1-5-32-573'
        'everyone' = 'S-1-1-0'; 'authenticated users' = 'S-1-5-11'; 'interactive' = 'S-1-5-4'
        'network' = 'S-1-5-2'; 'service' = 'S-1-5-6'; 'system' = 'S-1-5-18'; 'localsystem' = 'S-1-5-18'
        'local service' = 'S-1-5-19'; 'localservice' = 'S-1-5-19'
        'network service' = 'S-1-5-20'; 'networkservice' = 'S-1-5-20'; 'creator owner' = 'S-1-3-0'
    }
    $short = $Name.ToLowerInvariant()
    foreach ($prefix in @('builtin\', 'nt authority\')) {
        if ($short.StartsWith($prefix)) {
            $short = $short.Substring($prefix.Length)
        }
    }
    return $known[$short]
}

function ConvertTo-Sid([string]$Account) {
    # A name or a SID -> the SID, or $null
    if ($Account -match '^[Ss]-1-\d+(-\d+)+$') {
        return $Account.ToUpperInvariant()
    }
    $known = Get-WellKnownSid $Account
    if ($null -ne $known) {
        return $known
    }
    $name = $Account
    if ($name.StartsWith('.\')) {
        $name = $env:COMPUTERNAME + $name.Substring(1)
    }
    try {
        $sid = (New-Object -TypeName System.Security.Principal.NTAccount -ArgumentList $name -ErrorAction Stop).Translate(
            [System.Security.Principal.SecurityIdentifier])
        return $sid.Value
    }
    catch {
        return $null
    }
}

function ConvertFrom-Sid([string]$Sid) {
    # The account's name in the host's language; the SID itself when nobody knows it
    try {
        $object = New-Object -TypeName System.Security.Principal.SecurityIdentifier -ArgumentList $Sid -ErrorAction Stop
        return $object.Translate([System.Security.Principal.NTAccount]).Value
    }
    catch {
        return $Sid
    }
}

function Expand-Path([string]$Path) {
    # %NAME% replaced, either slash taken
    return [Environment]::ExpandEnvironmentVariables($Path).Replace('/', '\')
}

function ConvertTo-UnixTime($Moment) {
    $epoch = New-Object -TypeName DateTime -ArgumentList 1970, 1, 1, 0, 0, 0, ([DateTimeKind]::Utc) -ErrorAction Stop
    return [double]($Moment.ToUniversalTime() - $epoch).TotalSeconds
}

function ConvertTo-Hex($Bytes) {
    return [BitConverter]::ToString([byte[]]$Bytes).Replace('-', '').ToLowerInvariant()
}

function Get-FileDigest([string]$Path, [string]$Algorithm) {
    # Lower-case hex; md5, sha1, sha256, sha384 or sha512. The stream lets others go on reading and writing.
    $hasher = [System.Security.Cryptography.HashAlgorithm]::Create($Algorithm.ToUpperInvariant())
    if ($null -eq $hasher) {
        # .NET without the old factory names
        $hasher = [System.Security.Cryptography.HashAlgorithm]::Create('System.Security.Cryptography.' + $Algorithm.ToUpperInvariant())
    }
    $stream = [System.IO.File]::Open($Path, [System.IO.FileMode]::Open, [System.IO.FileAccess]::Read,
        [System.IO.FileShare]::ReadWrite)
    try {
        return ConvertTo-Hex $hasher.ComputeHash($stream)
    }
    finally {
        $stream.Dispose()
        $hasher.Dispose()
    }
}

function Get-PathKind([string]$Path) {
    # absent, file, directory or link (symbolic link or junction)
    try {
        $attributes = [System.IO.File]::GetAttributes($Path)
    }
    catch [System.IO.FileNotFoundException] {
        return 'absent'
    }
    catch [System.IO.DirectoryNotFoundException] {
        return 'absent'
    }
    if ($attributes.HasFlag([System.IO.FileAttributes]::ReparsePoint)) {
        $item = Get-Item -LiteralPath $Path -Force -ErrorAction Stop
        if ($item.LinkType -eq 'SymbolicLink' -or $item.LinkType -eq 'Junction') {
            return 'link'
        }
    }
    if ($attributes.HasFlag([System.IO.FileAttributes]::Directory)) {
        return 'directory'
    }
    return 'file'
}

function Test-Wildcard([string]$Path) {
    # Whether a path, which may hold * and ?, leads to something
    return [bool](Test-Path -Path (Expand-Path $Path) -ErrorAction SilentlyContinue)
}

function Install-Content([string]$Source, [string]$Destination) {
    # Puts a copy of a file in its place at once: written beside, then moved over; the old file's ACL stays.
    $folder = [System.IO.Path]::GetDirectoryName($Destination)
    $temporary = [System.IO.Path]::Combine($folder, '.of-' + [Guid]::NewGuid().ToString('N'))
    try {
        [System.IO.File]::Copy($Source, $temporary)
        [System.IO.File]::SetAttributes($temporary, [System.IO.FileAttributes]::Normal)
        if ([System.IO.File]::Exists($Destination)) {
            # the second argument must be a null string, which $null is not when it is bound to [string]
            [System.IO.File]::Replace($temporary, $Destination, [System.Management.Automation.Language.NullString]::Value, $true)
        }
        else {
            [System.IO.File]::Move($temporary, $Destination)
        }
    }
    finally {
        if ([System.IO.File]::Exists($temporary)) {
            [System.IO.File]::Delete($temporary)
        }
    }
}

function Backup-Content([string]$Path) {
    # A copy beside the file; returns its path
    $stamp = [DateTime]::Now.ToString('yyyyMMdd-HHmmss', [Globalization.CultureInfo]::InvariantCulture)
    $copy = $Path + '.' + $PID + '.' + $stamp + '.bak'
    [System.IO.File]::Copy($Path, $copy, $true)
    return $copy
}

function ConvertTo-Word([string]$Word) {
    # One argument as programs with the C runtime's parser read it back
    if ($Word.Length -gt 0 -and $Word -notmatch '[\s"]') {
        return $Word
    }
    $inner = [regex]::Replace($Word, '(\\*)"', '$1$1\"')
    return '"' + [regex]::Replace($inner, '(\\+)$', '$1$1') + '"'
}

function Invoke-Tool([string]$Name, [string]$ArgumentLine, [int[]]$Codes = @(0)) {
    # A program of System32; any other exit code fails the task. Returns what Invoke-Program does.
    $done = Invoke-Program ([System.IO.Path]::Combine($env:SystemRoot, 'System32', $Name)) $ArgumentLine @{}
    if ($Codes -notcontains $done.rc) {
        Stop-Module ($Name + ' ended with code ' + $done.rc) @{ rc = $done.rc; stdout = $done.stdout; stderr = $done.stderr }
    }
    return $done
}

function Get-CommandRefusal($Arguments) {
    # Ansible's result when a command shall not run: `creates`, `removes` or check mode; $null when it shall
    $reason = $null
    if ($Arguments.creates -and (Test-Wildcard $Arguments.creates)) {
        $reason = "'" + $Arguments.creates + "' exists"
    }
    elseif ($Arguments.removes -and -not (Test-Wildcard $Arguments.removes)) {
        $reason = "'" + $Arguments.removes + "' does not exist"
    }
    $known = @{ changed = $false; rc = 0; stdout = ''; stderr = ''; stdout_lines = @(); stderr_lines = @()
        start = $null; end = $null; delta = $null; msg = '' }
    if ($reason) {
        $known['msg'] = 'Did not run command since ' + $reason
        $known['stdout'] = 'skipped, since ' + $reason.Replace("'", '')
        $known['stdout_lines'] = @($known['stdout'])
        return $known
    }
    if ($Context.Check) {
        $known['msg'] = 'Command would have run if not in check mode'
        if ($Arguments.creates -or $Arguments.removes) {
            $known['changed'] = $true
        }
        else {
            $known['skipped'] = $true
        }
        return $known
    }
    return $null
}

function Split-Line([string]$Text) {
    # Lines without their ends, none for an empty text
    if (-not $Text) {
        return , @()
    }
    return , @($Text.TrimEnd("`r", "`n") -split "`r?`n")
}

function Invoke-CommandLine([string]$File, [string]$Line, $Arguments, $Shown) {
    # Runs a child for win_command and win_shell and returns Ansible's result
    $options = @{}
    if ($null -ne $Arguments.stdin) {
        $options['Stdin'] = [string]$Arguments.stdin
    }
    if ($Arguments.chdir) {
        $folder = Expand-Path $Arguments.chdir
        if (-not [System.IO.Directory]::Exists($folder)) {
            Stop-Module ('the folder does not exist: ' + $folder) @{ rc = 2; cmd = $Shown }
        }
        $options['Directory'] = $folder
    }
    if ($Context.Timeout -gt 0) {
        $options['Timeout'] = $Context.Timeout
    }
    if ($Arguments.output_encoding_override) {
        $options['Encoding'] = [string]$Arguments.output_encoding_override
    }
    $culture = [Globalization.CultureInfo]::InvariantCulture
    $start = [DateTime]::Now
    $done = Invoke-Program $File $Line $options
    $end = [DateTime]::Now
    $known = @{
        changed = $true
        cmd = $Shown
        rc = $done.rc
        stdout = $done.stdout
        stderr = $done.stderr
        stdout_lines = (Split-Line $done.stdout)
        stderr_lines = (Split-Line $done.stderr)
        start = $start.ToString('yyyy-MM-dd HH:mm:ss.ffffff', $culture)
        end = $end.ToString('yyyy-MM-dd HH:mm:ss.ffffff', $culture)
        delta = ($end - $start).ToString('h\:mm\:ss\.ffffff', $culture)
    }
    if ($done.rc -ne 0) {
        Stop-Module 'non-zero return code' $known
    }
    $known['msg'] = ''
    return $known
}

function New-WebRequest([string]$Url, $Options) {
    # A System.Net.WebRequest as a task says; $Options has win_get_url's names, each may be missing
    # 0 leaves it to the system, which is right; older defaults lack TLS 1.2
    $protocols = [System.Net.ServicePointManager]::SecurityProtocol
    if ([int]$protocols -ne 0) {
        [System.Net.ServicePointManager]::SecurityProtocol = $protocols -bor [System.Net.SecurityProtocolType]::Tls12
    }
    $request = [System.Net.WebRequest]::Create([Uri]$Url)
    $seconds = 30
    if ($Options.url_timeout) { $seconds = [int]$Options.url_timeout }
    $request.Timeout = $seconds * 1000
    if ($Options.url_method) { $request.Method = ([string]$Options.url_method).ToUpperInvariant() }
    if ($Options.ContainsKey('use_proxy') -and -not $Options.use_proxy) {
        $request.Proxy = $null
    }
    elseif ($Options.proxy_url) {
        $proxy = New-Object -TypeName System.Net.WebProxy -ArgumentList ([string]$Options.proxy_url), $true -ErrorAction Stop
        if ($Options.proxy_username) {
            $proxy.Credentials = New-Object -TypeName System.Net.NetworkCredential -ArgumentList $Options.proxy_username, $Options.proxy_password -ErrorAction Stop
        }
        $request.Proxy = $proxy
    }
    if ($Options.use_default_credential) {
        $request.UseDefaultCredentials = $true
    }
    elseif ($Options.url_username) {
        if ($Options.force_basic_auth) {
            $pair = [System.Text.Encoding]::UTF8.GetBytes(([string]$Options.url_username) + ':' + ([string]$Options.url_password))
            $request.Headers['Authorization'] = 'Basic ' + [Convert]::ToBase64String($pair)
        }
        else {
            $request.Credentials = New-Object -TypeName System.Net.NetworkCredential -ArgumentList $Options.url_username, $Options.url_password -ErrorAction Stop
        }
    }
    if ($request -is [System.Net.HttpWebRequest]) {
        if ($Options.http_agent) { $request.UserAgent = [string]$Options.http_agent }
        $request.AllowAutoRedirect = $Options.follow_redirects -ne 'none'
        if ($Options.maximum_redirection -gt 0) { $request.MaximumAutomaticRedirections = [int]$Options.maximum_redirection }
        if ($Options.ContainsKey('validate_certs') -and -not $Options.validate_certs) {
            $request.ServerCertificateValidationCallback = { $true }
        }
        if ($null -ne $Options.headers) {
            foreach ($name in @($Options.headers.Keys)) {
                if ($name -eq 'Accept') { $request.Accept = [string]$Options.headers[$name] }
                elseif ($name -eq 'User-Agent') { $request.UserAgent = [string]$Options.headers[$name] }
                elseif ($name -eq 'Content-Type') { $request.ContentType = [string]$Options.headers[$name] }
                else { $request.Headers[$name] = [string]$Options.headers[$name] }
            }
        }
    }
    return $request
}

function Save-Url([string]$Url, [string]$Path, $Options) {
    # Downloads into a file and returns @{ status_code; msg }; the server's refusal fails the task
    $request = New-WebRequest $Url $Options
    try {
        $answer = $request.GetResponse()
    }
    catch {
        $problem = $_.Exception
        if ($null -ne $problem.InnerException) { $problem = $problem.InnerException }
        $code = -1
        if ($problem -is [System.Net.WebException] -and $null -ne $problem.Response) {
            $code = [int]$problem.Response.StatusCode
        }
        Stop-Module ('cannot download ' + $Url + ': ' + $problem.Message) @{ status_code = $code; url = $Url }
    }
    try {
        $source = $answer.GetResponseStream()
        $file = [System.IO.File]::Create($Path)
        try {
            $source.CopyTo($file)
        }
        finally {
            $file.Dispose()
        }
        $known = @{ status_code = 200; msg = 'OK' }
        if ($answer -is [System.Net.HttpWebResponse]) {
            $known['status_code'] = [int]$answer.StatusCode
            $known['msg'] = [string]$answer.StatusDescription
        }
        return $known
    }
    finally {
        $answer.Close()
    }
}

function Get-LocalEntry([string]$Name, [string]$Class) {
    # A local user or group of the directory provider WinNT, or $null. What is not there is told by an exception for users:
    # 0x800708AD (no such user) and 0x800708AC (no such group), https://learn.microsoft.com/windows/win32/netmgmt/network-management-error-codes
    $path = 'WinNT://' + $env:COMPUTERNAME + '/' + $Name + ',' + $Class
    try {
        if (-not [System.DirectoryServices.DirectoryEntry]::Exists($path)) {
            return $null
        }
    }
    catch {
        $code = $_.Exception.GetBaseException().HResult
        if ($code -eq -2147022675 -or $code -eq -2147022676) {
            return $null
        }
        throw
    }
    return New-Object -TypeName System.DirectoryServices.DirectoryEntry -ArgumentList $path -ErrorAction Stop
}

function New-LocalEntry([string]$Name, [string]$Class) {
    # One that is not committed yet
    $place = 'WinNT://' + $env:COMPUTERNAME + ',computer'
    $machine = New-Object -TypeName System.DirectoryServices.DirectoryEntry -ArgumentList $place -ErrorAction Stop
    return $machine.psbase.Children.Add($Name, $Class)
}

function Remove-LocalEntry($Entry) {
    $Entry.psbase.Parent.psbase.Children.Remove($Entry)
}

function Get-GroupBySid([string]$Sid) {
    # Groups are found by SID: their names are the host's language's
    return Get-LocalEntry ((ConvertFrom-Sid $Sid).Split('\')[-1]) 'group'
}

function Get-EntrySid($Object) {
    # The SID of a COM object that a group or user lists; an account that is gone has it only in its path
    try {
        $bytes = [byte[]]$Object.GetType().InvokeMember('objectSid', 'GetProperty', $null, $Object, $null)
        return (New-Object -TypeName System.Security.Principal.SecurityIdentifier -ArgumentList $bytes, 0 -ErrorAction Stop).Value
    }
    catch {
        $path = [string]$Object.GetType().InvokeMember('ADsPath', 'GetProperty', $null, $Object, $null)
        $name = $path.Split('/')[-1]
        if ($name -match '^S-1-\d+(-\d+)+$') {
            return $name
        }
        throw
    }
}
